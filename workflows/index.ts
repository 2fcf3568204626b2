export { drDrill } from './dr-drill.js';
