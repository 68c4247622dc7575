export * from './null-backend.js';
